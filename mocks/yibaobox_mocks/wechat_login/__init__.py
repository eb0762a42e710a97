"""Log-in with WeChat: who stands behind a code, and the same openid for a person and an application for ever."""
