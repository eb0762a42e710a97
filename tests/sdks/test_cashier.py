"""The payer's side: the cashier's page in a browser and over a socket, and `wx` for pages outside WeChat."""

from __future__ import annotations

import json
import shutil
import threading
import time
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from boxes import own_world
from citizen import frozen
from merchant import Merchant, sign, trade_no
from receiver import Receiver
from yibaobox_mocks.wechatpay.magic import PAYERS

SCENE = {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}
BIZPAY = "weixin://wxpay/bizpayurl"


@pytest.fixture
def shop(serve):
    with own_world(serve("sqlite").box()) as made:
        yield Merchant(frozen(made))


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def browser(node):
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is missing")
    return node("browser.js", program=program)


def h5(merchant, **changed):
    document = merchant.order(trade_no(), 123_45, scene_info=SCENE, **changed)
    reply = merchant.send("POST", "/v3/pay/transactions/h5", document)
    return document["out_trade_no"], reply.json()["h5_url"]


def native(merchant):
    document = merchant.order(trade_no())
    code = merchant.send("POST", "/v3/pay/transactions/native", document).json()["code_url"]
    page = f"{merchant.box.url}/w/{merchant.box.world}/cgi-bin/mmpayweb-bin/bizpayurl"
    return document["out_trade_no"], code.replace(BIZPAY, page)


class Form(HTMLParser):
    """The fields of a page's form, its buttons, and the texts that have a name."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.buttons, self.options, self.named, self._at = {}, [], [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self._at = given.get("id")
        if self._at is not None:
            self.named[self._at] = given.get("href", "")
        if tag == "input":
            self.fields[given["name"]] = given["value"]
        if tag == "button":
            self.buttons.append(given["value"])
        if tag == "option":
            self.options.append(given["value"])

    def handle_data(self, data):
        if self._at is not None and not self.named[self._at]:
            self.named[self._at] = data.strip()

    def handle_endtag(self, tag):
        self._at = None


def fetched(merchant, url, **form):
    session = merchant.box.session
    reply = session.post(url, data=form, timeout=60) if form else session.get(url, timeout=60)
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    return reply.status_code, Form(reply.text)


@pytest.mark.parametrize("kind", [h5, native])
def test_a_payer_pays_at_the_page(shop, kind):
    name, url = kind(shop)
    status, page = fetched(shop, url)

    assert (status, page.buttons) == (200, ["pay", "fail", "cancel"])
    assert page.options == ["", *PAYERS]
    assert fetched(shop, url, act="cancel")[1].named["result"] == "已取消支付"
    assert shop.query(name).json()["trade_state"] == "NOTPAY"
    assert fetched(shop, url, act="pay", openid="")[1].named["result"] == "支付完成"
    assert shop.query(name).json()["trade_state"] == "SUCCESS"
    assert fetched(shop, url)[1].named["state"] == "SUCCESS"
    assert fetched(shop, url, act="pay")[0] == 409


def test_a_page_tells_the_merchant_and_leads_back(shop, receiver):
    name, url = h5(shop, notify_url=receiver.url, description="<b>保费</b>")
    back = url + "&redirect_url=https%3A%2F%2Fshop.example%2Fdone"
    _, page = fetched(shop, back)
    assert page.named["description"] == "<b>保费</b>"

    _, done = fetched(shop, back, act="pay", openid="oMagic_twice", **page.fields)
    assert done.named["back"] == "https://shop.example/done"
    assert len(receiver.got) == 2
    assert shop.query(name).json()["payer"] == {"openid": "oMagic_twice"}


def test_what_a_page_is_asked_for_has_to_be_there(shop):
    _, url = h5(shop)
    assert fetched(shop, url.rpartition("=")[0] + "=wx0")[0] == 404
    assert fetched(shop, url.replace("checkmweb?prepay_id=wx", "bizpayurl?pr="))[0] == 404
    assert fetched(shop, url, act="steal")[0] == 400
    assert "back" not in fetched(shop, f"{url}&redirect_url=javascript:alert(1)", act="cancel")[1].named
    assert (
        shop.box.session.post(url, data={"act": "pay"}, headers={"Origin": "https://evil.example"}).status_code == 403
    )
    shop.box.ask("POST", "/clock/advance", {"by": "PT5M"})
    assert fetched(shop, url)[0] == 409


def test_a_person_pays_in_a_browser(shop, browser, receiver):
    name, url = h5(shop, notify_url=receiver.url)
    browser.ask("open", url=url)

    assert browser.ask("evaluate", expression="document.querySelector('#amount').textContent") == "¥123.45"
    browser.ask("evaluate", expression="document.querySelector('button[value=pay]').click()")
    assert browser.ask("seen", expression="document.querySelector('#result')?.textContent") == "支付完成"
    assert (len(receiver.got), shop.query(name).json()["trade_state"]) == (1, "SUCCESS")


class Page(ThreadingHTTPServer):
    """The merchant's own page, elsewhere than the sandbox."""

    daemon_threads = True

    def __init__(self, script):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.text = f'<!doctype html><script src="{script}"></script>'.encode()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.text)

    def log_message(self, *_):
        pass


@pytest.fixture
def page(shop, browser):
    """A browser on a page that has loaded the sandbox's `wx`."""
    made = Page(f"{shop.box.url}/w/{shop.box.world}/cgi-bin/mmpayweb-bin/wx.js")
    browser.ask("open", url=f"http://127.0.0.1:{made.server_port}/")
    browser.ask("seen", expression="Boolean(window.wx && window.WeixinJSBridge)")
    yield browser
    made.shutdown()
    made.server_close()


def invocation(merchant, openid="oMerchantTest", **changed):
    name = trade_no()
    prepay_id = merchant.jsapi(merchant.order(name, payer={"openid": openid})).json()["prepay_id"]
    appid, stamp, package = merchant.keys["appid"], str(int(time.time())), f"prepay_id={prepay_id}"
    signed = sign(merchant.keys["mch_key"], f"{appid}\n{stamp}\nn0nce\n{package}\n")
    given = {"timeStamp": stamp, "nonceStr": "n0nce", "package": package, "signType": "RSA", "paySign": signed}
    return name, given | changed


def called(page, name, given):
    """What wx.<name> tells its page."""
    how = f"{{...{json.dumps(given)}, complete: (told) => {{ window.told = told.errMsg }} }}"
    page.ask("evaluate", expression=f"window.told = null; wx.{name}({how}); 0")
    return page.ask("seen", expression="window.told")


def test_a_page_pays_by_wx_and_by_the_bridge(shop, page):
    name, given = invocation(shop)
    assert called(page, "requestPayment", given | {"paySign": "AAAA"}) == "requestPayment:fail 支付验证签名失败"
    assert called(page, "requestPayment", given) == "requestPayment:ok"
    assert shop.query(name).json()["trade_state"] == "SUCCESS"
    assert called(page, "requestPayment", invocation(shop, "oMagic_cancel")[1]) == "requestPayment:fail cancel"

    name, given = invocation(shop, "oMagic_half", appId=shop.keys["appid"])
    how = (
        f"window.told = null; WeixinJSBridge.invoke('getBrandWCPayRequest', {json.dumps(given)}, (t) => {{ told = t }})"
    )
    page.ask("evaluate", expression=f"{how}; 0")
    assert page.ask("seen", expression="window.told && window.told.err_msg") == "get_brand_wcpay_request:fail"
    assert shop.query(name).json()["trade_state"] == "SUCCESS"  # a page that was told of a failure asks its server
