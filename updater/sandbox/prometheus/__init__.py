"""To stand in for Prometheus and Alertmanager: alerts fire, series get samples, somebody silences. I/O."""

from updater.sandbox.prometheus.alertmanager import Alertmanager
from updater.sandbox.prometheus.server import Prometheus

__all__ = ["Alertmanager", "Prometheus"]
