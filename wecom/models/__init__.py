"""Tables of the gateway."""

from wecom.models.corp import App, Corp
from wecom.models.limits import ApiBucket, ApiPause
from wecom.models.oauth_round import OAuthRound
from wecom.models.receipt import BODY_PLACE, CallbackReceipt
from wecom.models.token_lease import TokenLease

__all__ = [
    "BODY_PLACE",
    "ApiBucket",
    "ApiPause",
    "App",
    "CallbackReceipt",
    "Corp",
    "OAuthRound",
    "TokenLease",
]
