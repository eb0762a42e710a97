'use strict';
// wechatpay-node-v3: its host is built in, so it is led elsewhere by its own hook, `createHttp`.

const WxPay = require('wechatpay-node-v3');
const { resolveTo, serve } = require('./line');

const VENDOR = 'https://api.mch.weixin.qq.com';

const answer = ({ status, data, error }) => {
  const told = error === undefined ? data : error;
  const empty = told === undefined || (told && typeof told === 'object' && Object.keys(told).length === 0);
  return [status, empty ? null : typeof told === 'string' && told.startsWith('{') ? JSON.parse(told) : told];
};

serve(({ base, port, keys, notify_url }) => {
  const pay = new WxPay({
    appid: keys.appid,
    mchid: keys.mchid,
    publicKey: Buffer.from(keys.mch_cert),
    privateKey: Buffer.from(keys.mch_key),
    key: keys.apiv3_key,
  });
  if (port) resolveTo(port);
  if (base) {
    const http = pay.httpService;
    const there = (url) => url.replace(VENDOR, base);
    pay.createHttp({
      get: (url, headers) => http.get(there(url), headers),
      post: (url, params, headers) => http.post(there(url), params, headers),
      upload: (url, params, headers) => http.upload(there(url), params, headers),
    });
  }
  return {
    order: async ({ name, total, openid = 'oPayer' }) => answer(await pay.transactions_jsapi({
      description: '城乡居民医保缴费', out_trade_no: name, notify_url, amount: { total }, payer: { openid },
    })),
    query: async ({ name }) => answer(await pay.query({ out_trade_no: name })),
    close: async ({ name }) => answer(await pay.close(name)),
    refund: async ({ name, refund, fen, total }) => answer(await pay.refunds({
      out_trade_no: name, out_refund_no: refund, notify_url, amount: { refund: fen, total, currency: 'CNY' },
    })),
    query_refund: async ({ refund }) => answer(await pay.find_refunds(refund)),
    opened: async ({ headers, body }) => {
      const holds = await pay.verifySign({
        timestamp: headers['wechatpay-timestamp'],
        nonce: headers['wechatpay-nonce'],
        serial: headers['wechatpay-serial'],
        signature: headers['wechatpay-signature'],
        body,
      });
      const { resource } = JSON.parse(body);
      return holds ? pay.decipher_gcm(resource.ciphertext, resource.associated_data, resource.nonce) : null;
    },
    // The SDK hands out what its HTTP library makes of a file: its text only where the type says that it is text.
    bill: async ({ date }) => {
      const [status, told] = answer(await pay.tradebill({ bill_date: date }));
      if (status !== 200) return [status, told];
      const file = await pay.downloadBill(base ? told.download_url.replace(base, VENDOR) : told.download_url);
      return [status, { ...told, text: file.data }];
    },
  };
});
