'use strict';
// alipay-sdk: its address is a setting; it checks what it is told to check, by key or by certificate.

const { AlipaySdk } = require('alipay-sdk');
const { Agent, buildConnector } = require('undici');
const { serve } = require('./line');

// Private DNS, for a client that does not go through node:https.
const leadingTo = (port) => {
  const connect = buildConnector({});
  return new Agent({
    connect: (options, callback) => connect(
      { ...options, hostname: '127.0.0.1', port, servername: options.servername || options.hostname }, callback,
    ),
  });
};

serve(({ base, port, keys, notify_url, mode }) => {
  const sdk = new AlipaySdk({
    appId: keys.app_id, privateKey: keys.app_key, keyType: 'PKCS8', camelcase: false,
    ...(mode === 'key' ? { alipayPublicKey: keys.ali_pub } : {
      appCertContent: keys.app_cert, alipayPublicCertContent: keys.ali_cert, alipayRootCertContent: keys.root_cert,
    }),
    ...(base ? { gateway: `${base}/gateway.do` } : {}),
    ...(port ? { proxyAgent: leadingTo(port) } : {}),
  });
  const ask = async (method, bizContent, more = {}) => {
    const { traceId, ...told } = await sdk.exec(`alipay.${method}`, { bizContent, ...more }, { validateSign: true });
    return told;
  };
  const trade = ({ name, yuan, subject }) => ({ out_trade_no: name, total_amount: yuan, subject });
  const told = { notify_url };
  return {
    create: (given) => ask('trade.create', { ...trade(given), buyer_id: given.buyer }, told),
    precreate: (given) => ask('trade.precreate', trade(given), told),
    query: ({ name }) => ask('trade.query', { out_trade_no: name }),
    close: ({ name }) => ask('trade.close', { out_trade_no: name }),
    refund: ({ name, request, yuan }) => ask('trade.refund', {
      out_trade_no: name, out_request_no: request, refund_amount: yuan,
    }),
    query_refund: ({ name, request }) => ask('trade.fastpay.refund.query', { out_trade_no: name, out_request_no: request }),
    bill: ({ day }) => ask('data.dataservice.bill.downloadurl.query', { bill_type: 'trade', bill_date: day }),
    app: (given) => sdk.sdkExecute('alipay.trade.app.pay', { bizContent: trade(given), ...told }),
    opened: ({ form }) => (sdk.checkNotifySignV2(form) ? form : null),
  };
});
