"""What can go wrong with a deployment.

DeployError
├── Unreachable    nobody answers at the dashboard's address
├── Refused        Serve does not take the configuration, or the token is wrong
├── NotRunning     it was taken and did not come up, or not in time
├── GateClosed     it runs and is too slow or fails; its predecessor is back
└── NoWayBack      it failed, and so did the way back, or a step that must not: somebody has to look
"""


class DeployError(RuntimeError):
    """The new version does not serve; the message says why."""


class Unreachable(DeployError):
    """Nobody answers."""


class Refused(DeployError):
    """Serve refused the request."""


class NotRunning(DeployError):
    """The applications did not come up."""


class GateClosed(DeployError):
    """The new version runs and does not keep what was promised."""


class NoWayBack(DeployError):
    """The previous version did not come back, or a change of models did not end."""
