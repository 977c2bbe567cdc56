"""Everything that one running server is made of, handed to the routes as one value."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from fyr.errors import NotPermitted
from fyr.exchange.incoming import Take
from fyr.record import PatientId
from fyr.record.record import Record
from fyr.serve.configuration import ExposureSettings
from fyr.serve.demonstration_comparison import ComparisonMaker
from fyr.serve.demonstration_validation import ValidationMaker
from fyr.serve.exposures.kept import KeptReadings
from fyr.serve.identity_provider import IdentityProvider
from fyr.serve.image_intake import ImageIntake
from fyr.serve.interfaces import Interfaces
from fyr.serve.live import LiveHub
from fyr.serve.local_validation import LocalValidations, NeverValidated
from fyr.serve.log_setup import PatientWords
from fyr.serve.machine_tokens import MachineTokens
from fyr.serve.metrics import Metrics
from fyr.serve.page import Page
from fyr.serve.permissions import CareRelations, Permission, Person, WholeHospital, require
from fyr.serve.recent_objects import RecentObjects
from fyr.serve.sessions import Sessions
from fyr.serve.throttle import GuessThrottle
from fyr.serve.viewing import Viewing
from fyr.serve.ward_service import WardService
from fyr.serve.watchdog import Watchdog

__all__ = ["Installation"]


@dataclass(frozen=True, slots=True)
class Installation:
    """What a server needs.

    Parameters
    ----------
    record : Record
        Opened as the server itself; routes act through :meth:`on_behalf_of`.
    wards : WardService
    hub : LiveHub
    identity : IdentityProvider
    sessions : Sessions
    hospital : str
        The hospital's title, shown on every screen.
    simulated : bool
        Whether the patients are simulated; shown on every screen.
    host_names : frozenset of str
        The names that this server answers to.
    watchdog : Watchdog
    """

    record: Record
    wards: WardService
    hub: LiveHub
    identity: IdentityProvider
    sessions: Sessions
    hospital: str
    simulated: bool
    host_names: frozenset[str]
    watchdog: Watchdog
    throttle: GuessThrottle = field(default_factory=GuessThrottle)
    care: CareRelations = field(default_factory=WholeHospital)
    page: Page = field(default_factory=Page)
    hashing: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(2))
    """argon2id takes 64 MiB a guess: two at a time, however many knock."""
    patient_words: PatientWords = field(default_factory=PatientWords)
    """Takes patients out of what anybody may read."""
    metrics: Metrics = field(default_factory=Metrics)
    metrics_token: str | None = None
    """Whoever shows it reads the metrics from elsewhere than this machine."""
    tokens: MachineTokens | None = None
    """The bearer tokens of machines; without them no machine signs in."""
    take: Take | None = None
    """Takes what is posted here as FHIR; where there is none, nothing is taken."""
    interfaces: Interfaces | None = None
    """The lines to other systems; a demonstration has none."""
    images: ImageIntake | None = None
    """Takes images that are stored here over DICOMweb; where there is none, none are taken."""
    recent_objects: RecentObjects = field(default_factory=RecentObjects)
    """Large images that are being looked through."""
    image_origins: tuple[str, ...] = ()
    """Whose pages in a browser may read images here: a viewer that is served from elsewhere."""
    comparison_maker: ComparisonMaker | None = None
    """Makes a comparison of policies to look at, where the patients are simulated anyway."""
    open_patients: frozenset[PatientId] = frozenset()
    """Of a demonstration, the patients who are open samples of real people, and not simulated."""
    validation_maker: ValidationMaker | None = None
    """Validates published models on open cohorts, in a demonstration."""
    validations: LocalValidations = field(default_factory=NeverValidated)
    """How models did on this hospital's own patients."""
    exposures: ExposureSettings = field(default_factory=ExposureSettings)
    """The reference levels that exposures are held against."""
    viewing: Viewing = field(default_factory=Viewing)
    """Reads and keeps pictures, structures and doses for the viewer."""
    readings: KeptReadings = field(init=False)
    """What was read of the record's dose reports, plans and pictures that say what was given."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "readings", KeptReadings(self.record.storage.files, self.viewing))

    def on_behalf_of(self, person: Person) -> Record:
        """Return the record as that person reads and writes it; all of it lands in the audit trail."""
        return self.record.on_behalf_of(person.access())

    def visible_to(self, person: Person) -> Callable[[PatientId], bool]:
        """Return the test whether a patient may be shown to the person.

        Raises
        ------
        NotPermitted
            If the person's role reads no patients at all.
        """
        require(person, Permission.READ_PATIENTS)
        return lambda patient: self.care.may_see(person, patient)

    def alarms_visible_to(self, person: Person) -> Callable[[PatientId], bool]:
        """Return the test whether a patient's alarms and risks may be shown to the person or machine.

        Raises
        ------
        NotPermitted
            If the role reads no alarms at all.
        """
        require(person, Permission.READ_ALARMS)
        return lambda patient: self.care.may_see(person, patient)

    def images_visible_to(self, person: Person) -> Callable[[PatientId], bool]:
        """Return the test whether a patient's images may be shown to the person or machine.

        Raises
        ------
        NotPermitted
            If the role reads no images at all.
        """
        require(person, Permission.READ_IMAGES)
        return lambda patient: self.care.may_see(person, patient)

    def require_sight_of(self, person: Person, patient: PatientId) -> None:
        """Stop here unless the person may see the patient.

        Raises
        ------
        NotPermitted
            If the role reads no patients, or there is no care relation.
        """
        if not self.visible_to(person)(patient):
            raise NotPermitted(
                f"{person.name} has no care relation to {patient}", mend="ask the ward that the patient lies on"
            )
