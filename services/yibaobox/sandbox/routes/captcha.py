"""The answer of a captcha."""

from yibaobox.domain import clock
from yibaobox.domain.accounts import captchas
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("captcha", "图形验证码")


class CaptchaAnswer(fields.Schema):
    """What the picture says."""

    captcha_id = fields.String(required=True)
    answer = fields.String(required=True)
    expires_at = fields.String(required=True)


@blueprint.get("/<captcha_id>")
@exchange(answers=CaptchaAnswer())
def show(captcha_id: str) -> dict[str, str]:
    """Show the answer of a captcha."""
    with context.world().read() as tx:
        found = captchas.find(tx, captcha_id)
    return {"captcha_id": captcha_id, "answer": found.answer, "expires_at": clock.rfc3339(found.expires_us)}
