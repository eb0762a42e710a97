// What WeChat gives a page, for a page that is tested outside of it:
//   <script src="<sandbox>/cgi-bin/mmpayweb-bin/wx.js" data-appid="wx…"></script>
// wx.requestPayment, wx.chooseWXPay, wx.requestMedicalInsurancePay and WeixinJSBridge.invoke open the sandbox's wallet,
// which checks what it is handed and then lets the payer act at once.
(function () {
  'use strict';
  var script = document.currentScript;
  var base = script.src.replace(/\/wx\.js.*$/, '');

  function open(given, told) {
    var sent = {};
    ['appId', 'timeStamp', 'nonceStr', 'package', 'signType', 'paySign', 'mixTradeNo'].forEach(function (name) {
      if (given[name] !== undefined) sent[name] = String(given[name]);
    });
    if (given.timestamp !== undefined) sent.timeStamp = String(given.timestamp);  // wx.chooseWXPay writes it so
    if (sent.appId === undefined && script.dataset.appid) sent.appId = script.dataset.appid;
    fetch(base + '/invoke', { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: JSON.stringify(sent) })
      .then(function (reply) { return reply.json(); })
      .then(function (answer) { told(answer.result, answer.message); },
        function (error) { told('fail', error.message); });
  }

  function called(name) {
    return function (given) {
      open(given, function (result, message) {
        var ending = result === 'ok' ? 'ok' : result === 'cancel' ? 'fail cancel' : 'fail ' + (message || '');
        var answer = { errMsg: (name + ':' + ending).trim() };
        var next = result === 'ok' ? given.success : result === 'cancel' && given.cancel || given.fail;
        if (next) next(answer);
        if (given.complete) given.complete(answer);
      });
    };
  }

  var names = ['requestPayment', 'chooseWXPay', 'requestMedicalInsurancePay'];
  window.wx = window.wx || {};
  names.forEach(function (name) { window.wx[name] = called(name); });
  window.wx.config = window.wx.error = function () {};
  window.wx.ready = function (done) { setTimeout(done, 0); };
  window.wx.checkJsApi = function (given) {
    var found = {};
    (given.jsApiList || []).forEach(function (name) { found[name] = names.indexOf(name) >= 0; });
    setTimeout(function () { if (given.success) given.success({ checkResult: found, errMsg: 'checkJsApi:ok' }); }, 0);
  };
  window.WeixinJSBridge = {
    invoke: function (name, given, done) {
      if (name !== 'getBrandWCPayRequest' && names.indexOf(name) < 0) {
        done({ err_msg: name + ':fail_not_supported' });
        return;
      }
      var said = name === 'getBrandWCPayRequest' ? 'get_brand_wcpay_request' : name;
      open(given, function (result, message) {
        done({ err_msg: said + ':' + result, err_desc: message || '' });
      });
    }
  };
  document.dispatchEvent(new Event('WeixinJSBridgeReady'));
})();
