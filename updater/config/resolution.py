"""What is known of a config while it is resolved. Pure."""

from __future__ import annotations

from dataclasses import field

from updater.config.models import App, Main
from updater.config.policies import Policy
from updater.model import Placement
from updater.strict_yaml.faults import Faults
from updater.strict_yaml.reader import SourceLocation
from updater.value_class import value_class


@value_class
class WrittenApp:
    app: App
    place: SourceLocation
    by_pattern: bool = False
    """Its images were found: nobody has written that it is in these environments."""


@value_class
class Resolution:
    """What is known so far of the policies, and where the app asks for each."""

    main: Main
    main_at: SourceLocation
    faults: Faults
    policies: dict[Placement, Policy] = field(default_factory=dict)
    places: dict[Placement, SourceLocation] = field(default_factory=dict)
