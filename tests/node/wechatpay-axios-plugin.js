'use strict';
// wechatpay-axios-plugin: its address is a setting; it checks every reply by the key that signed it.

const { Wechatpay, Rsa, Aes, Formatter, Hash } = require('wechatpay-axios-plugin');
const { createHash } = require('node:crypto');
const { resolveTo, serve } = require('./line');

const answered = async (asked) => {
  try {
    const { status, data } = await asked;
    return [status, data === '' ? null : data];
  } catch (error) {
    if (!error.response || error.response.status < 400) throw error;
    return [error.response.status, error.response.data];
  }
};

serve(({ base, port, keys, notify_url }) => {
  const certs = { [keys.plat_serial]: keys.plat_cert, [keys.pub_key_id]: keys.plat_pub };
  const { mchid, appid } = keys;
  if (port) resolveTo(port);
  const v3 = new Wechatpay({
    mchid, serial: keys.mch_serial, privateKey: keys.mch_key, certs, ...(base ? { baseURL: base } : {}),
  }).v3;
  const orders = v3.pay.transactions;
  return {
    order: ({ name, total, openid = 'oPayer' }) => answered(orders.jsapi.post({
      mchid, appid, description: '城乡居民医保缴费', out_trade_no: name, notify_url, amount: { total }, payer: { openid },
    })),
    query: ({ name }) => answered(orders.outTradeNo.$name$.get({ params: { mchid }, name })),
    close: ({ name }) => answered(orders.outTradeNo.$name$.close.post({ mchid }, { name })),
    refund: ({ name, refund, fen, total }) => answered(v3.refund.domestic.refunds.post({
      out_trade_no: name, out_refund_no: refund, notify_url, amount: { refund: fen, total, currency: 'CNY' },
    })),
    query_refund: ({ refund }) => answered(v3.refund.domestic.refunds.$refund$.get({ refund })),
    opened: async ({ headers, body }) => {
      const signed = Formatter.joinedByLineFeed(headers['wechatpay-timestamp'], headers['wechatpay-nonce'], body);
      if (!Rsa.verify(signed, headers['wechatpay-signature'], certs[headers['wechatpay-serial']])) return null;
      const { resource } = JSON.parse(body);
      const { ciphertext, nonce, associated_data } = resource;
      return JSON.parse(Aes.AesGcm.decrypt(ciphertext, keys.apiv3_key, nonce, associated_data));
    },
    bill: async ({ date }) => {
      const [status, told] = await answered(v3.bill.tradebill.get({ params: { bill_date: date } }));
      if (status !== 200) return [status, told];
      const token = new URL(told.download_url).searchParams.get('token');
      const { data } = await v3.billdownload.file.get({ params: { token }, responseType: 'arraybuffer' });
      const sha1 = createHash('sha1').update(data).digest('hex');
      return [status, { ...told, sha1, text: Buffer.from(data).toString('utf8'), rows: Formatter.castCsvBill(data) }];
    },
  };
});
