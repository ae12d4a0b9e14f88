"""To ask Prometheus, or what has its API, about alerts and metrics, and Alertmanager about silences. I/O."""

from updater.adapters.prometheus.client import PrometheusClient
from updater.adapters.prometheus.errors import MonitoringTarget
from updater.adapters.prometheus.http_client import MonitoringClient

__all__ = ["MonitoringClient", "MonitoringTarget", "PrometheusClient"]
