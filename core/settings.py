"""One frozen ``Settings`` from ``RAJAUS_*`` variables and an optional TOML file, built once and passed on."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from stdnum.fi import ytunnus

from core.errors import ConfigError

PREFIX = "RAJAUS_"
CareEngine = Literal["duckdb", "spark", "sail"]
DrillChannel = Literal["mailbox", "reply_token", "web", "phone", "letter", "customer", "reseller"]
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Settings(BaseModel):
    """Every knob of the product. The defaults are those of the requirements; ``docs/settings.md`` explains each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(
        Path("rajaus-home"), description="The store: ledger, snapshots, sources, manifests, deliveries, keys."
    )
    keys: Path | None = Field(
        None, description="Directory of the key files. Default: keys/ in the home; better on another volume."
    )
    tombstones: Path | None = Field(
        None,
        description="File of the tombstone log, from which a restore learns of later bans and erasures (R074). "
        "Default: <home>.tombstones beside the home; better on another volume or host.",
    )
    anchors: Path | None = Field(
        None,
        description="File to which the audit's head is anchored (R087). Default: <home>.anchors beside the "
        "home; better where the store's administrator cannot write.",
    )
    backup_days: int = Field(35, ge=1, description="Days a backup is kept, and may be restored (R074).")
    backup_recipient: str | None = Field(
        None, description="The age public key backups are encrypted for. Its identity must not lie on this machine."
    )
    ledger_url: str | None = Field(
        None, description="SQLAlchemy URL of a PostgreSQL ledger. Default: SQLite in the home."
    )
    actor: str | None = Field(None, description="Who acts, as written to the audit. Default: the login name.")
    memory_limit: str = Field("2500MB", description="Memory DuckDB may use in one job.")
    threads: int = Field(2, ge=1, description="Threads DuckDB may use in one job.")
    controller: str = Field(
        "Rajaus-rekisteri Oy", description="The register's controller, named in every licence card."
    )
    contact: str = Field(
        "tietosuoja@rajaus.example",
        description="Where customers and registered persons write; named in every licence card.",
    )
    register_name: str = Field(
        "Päättäjärekisteri", description="What the register is called, named in every licence card and message text."
    )
    licence_names: str = Field(
        "https://rajaus.example/id/",
        description="What the names of parties, campaigns and extracts in machine-readable licences begin with; an "
        "address of the controller's own that nothing needs to answer.",
    )
    controller_business_id: str = Field(
        "9899999-0", description="The controller's Y-tunnus; the default is an invented one (R095)."
    )
    controller_address: str = Field(
        "Esimerkkikatu 1, 00100 Helsinki", description="The controller's postal address, named in every notice (R097)."
    )
    controller_phone: str = Field("", description="Where registered persons may ring; empty: no number is given.")
    responsible: str = Field(
        "Rekisterin vastuuhenkilö",
        description="Who is in charge of register matters, by name; no record is made without one (R095).",
    )
    data_protection_officer: str = Field(
        "", description="How to reach the data protection officer (Art. 37), if there is one."
    )
    hosted_by: str = Field(
        "",
        description="Id of the processor that runs this node, if one does; while something is missing of it nothing is "
        "delivered (R078).",
    )
    ban_url: str = Field(
        "https://kielto.example/k/", description="Start of the per-row link by which a person files a ban."
    )

    verified_months: int = Field(
        12, ge=1, description="A position not verified for this many months is not delivered (R011)."
    )
    notice_wait_days: int = Field(14, ge=0, description="Days between the notice and the first disclosure (R096).")
    pressure_campaigns: int = Field(
        10,
        ge=0,
        description="In how many campaigns of all customers together a person may be within pressure_days before or "
        "after today; 0: any number.",
    )
    pressure_days: int = Field(30, ge=0, description="The days of pressure_campaigns.")
    assessment_grace_days: int = Field(
        30,
        ge=0,
        description="Days after its review day for which an assessment still carries cuts, with a warning (R099).",
    )
    ledger_role: Literal["primary", "replica"] = Field(
        "primary", description="Whether this node writes the ledger or reads a copy of it that may lag behind (R016)."
    )
    replica_patience_seconds: int = Field(
        300,
        ge=1,
        description="A replica whose view of the bans is older than this refuses counts and deliveries (R016).",
    )
    list_grace_days: int = Field(
        7, ge=0, description="Days an outdated outside list is only warned about before cuts are refused (R025)."
    )
    count_threshold: int = Field(
        10, ge=2, description="Customers see counts in steps of this, and below it only 'fewer than' (R026)."
    )
    count_budget_user: int = Field(
        60,
        ge=1,
        description="Different counts that one of a customer's or reseller's users is answered in a day (R080).",
    )
    count_budget_customer: int = Field(
        200, ge=1, description="Different counts that a customer's group, or a reseller, is answered in a day (R080)."
    )
    count_budget_overlap: int = Field(
        30,
        ge=1,
        description="Different counts of selections overlapping by a quarter that they are answered in 30 days (T24).",
    )
    view_budget: int = Field(
        1000,
        ge=1,
        description="Different persons that one user may look at on pages in twelve months without an approval (R088).",
    )
    campaign_max_days: int = Field(90, ge=1, description="Longest campaign (R027).")
    row_cap: int = Field(5000, ge=1, description="Rows an order may have before a second person must approve (R029).")
    share_cap_percent: float = Field(
        5.0,
        gt=0,
        le=100,
        description="Share of the register an order may have before a second person must approve (R029).",
    )
    share_cap_floor: int = Field(
        1000, ge=0, description="The share cap does not bite below this many rows (small registers)."
    )
    share_refused_percent: float = Field(
        30.0,
        gt=0,
        le=100,
        description="Share of the register that no order may have, approved or not; never below share_cap_percent.",
    )
    year_cap: int = Field(
        20_000,
        ge=1,
        description="Different persons that a customer's group, or a reseller for all its end customers, may get in "
        "twelve months before a second person must approve (R030, R053).",
    )
    year_share_percent: float = Field(
        5.0, gt=0, le=100, description="The same as a share of the register's persons; share_cap_floor holds here too."
    )
    part_percent: float = Field(
        50.0,
        gt=0,
        le=100,
        description="Share of a region, an industry or a responsibility area that several orders together may rebuild "
        "before a second person must approve (T07).",
    )
    part_floor: int = Field(
        500, ge=1, description="Parts of the register are looked at from this many persons obtained."
    )
    contact_declared_days: int = Field(
        90, ge=0, description="Days for which a contact that the operator vouched for counts as tested (R076)."
    )
    contact_test_days: int = Field(365, ge=1, description="Days for which a confirmed test of a contact holds (R076).")
    contact_answer_days: int = Field(
        14, ge=1, description="Days a contact has to confirm a test; after that it counts as failed (R076)."
    )
    reseller_token: Path | None = Field(
        None,
        description="File with a reseller's order token: the program then acts for that reseller, and every verb but "
        "its own is refused (R051).",
    )
    relay_quiet_days: int = Field(
        365,
        ge=1,
        description="A reseller that passed nothing on for so many days, and no drill either, is flagged (R053).",
    )
    quote_days: int = Field(14, ge=0, description="Days after its own for which a quote holds.")
    credit_days: int = Field(
        30, ge=0, description="Days after the first delivery within which bounces and wrong persons are credited."
    )
    request_months: int = Field(1, ge=1, le=3, description="Months to answer a registered person's request (R054).")
    request_extension_months: int = Field(
        2, ge=0, le=2, description="Further months when the person is told why within the first period (R054)."
    )
    drift_percent: float = Field(
        20.0, gt=0, le=100, description="Publishing stops when it would drop more positions than this."
    )
    withhold_share_traced: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Smallest leaked share that selection alone should trace; sets the withheld share.",
    )
    hot_rows_from: int | None = Field(
        None,
        ge=1_000,
        description="Orders with so many eligible rows withhold among rows that are the same for every customer: so "
        "customers who merge their copies are found, but to prove a single one takes more rows. None: never.",
    )
    activation_grace_days: int = Field(
        7, ge=0, description="Days after a campaign's end within which responders may still be reported (R034)."
    )
    activation_flag_percent: float = Field(
        20.0,
        gt=0,
        le=100,
        description="A report is flagged when more of an extract's persons responded than this (R034).",
    )
    activation_hold_percent: float = Field(
        50.0,
        gt=0,
        le=100,
        description="Above this share a report counts only when two persons have released it (R034).",
    )
    activation_floor: int = Field(
        5, ge=0, description="So many responders of an extract are never odd, unless they are all of it (R034)."
    )
    disposal_days: int = Field(
        14, ge=0, description="Days after a campaign's end within which its recipient must have disposed of the rows."
    )
    breach_hours: int = Field(
        72, ge=1, description="Hours from becoming aware of a breach to notifying the authority (R092, Art. 33(1))."
    )
    smtp_host: str | None = Field(
        None, description="The mail server that takes our messages. Unset: rajaus mail export writes them as files."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port; 465 goes with smtp_security tls.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted; none is for a server on this machine only."
    )
    smtp_ca_file: Path | None = Field(
        None, description="Certificates the mail server's is checked against. Default: those of the system."
    )
    smtp_user: str | None = Field(None, description="User name at the mail server; unset: no login.")
    smtp_password_file: Path | None = Field(None, description="File whose first line is the password of smtp_user.")
    mail_from: str | None = Field(
        None, description="Sender of our messages; answers to it must reach the intake mailbox. Default: contact."
    )
    mail_tries: int = Field(
        3, ge=1, description="How often one run of 'mail send' tries a message, or the server, before it gives up."
    )
    mail_give_up_hours: int = Field(
        72, ge=1, description="A message that could not be sent for so long has failed, and a task says so."
    )
    intake_address: str | None = Field(
        None, description="The mailbox that persons write to; the daily drill writes there too. Default: contact."
    )
    drill_channels: tuple[DrillChannel, ...] = Field(
        ("mailbox", "reply_token", "phone", "reseller"),
        description="Intake channels that are tried daily (R100); in the environment parted by ;. Also: web, letter, "
        "customer.",
    )
    drill_hours: int = Field(
        24, ge=1, description="A channel through which nothing of the drills came for so long is silent (R100)."
    )
    webhook_tries: int = Field(
        3, ge=1, description="How often one run of 'stop-list send' tries a recipient's webhook before it gives up."
    )
    seed_autofill: bool = Field(
        True, description="Make new fictitious seeds when a release finds too few in the stock (R038)."
    )
    trace_alpha: float = Field(
        1e-6, gt=0, lt=1, description="Bound on the probability of any false accusation by one trace."
    )
    uncompressed: bool = Field(
        False,
        description="Write snapshots and source files without compression, so that a byte scan can prove an erasure "
        "(R061).",
    )
    cell_limit: int = Field(10_000, ge=100, description="Longest cell accepted from a source, in characters.")
    care_file_mb: int = Field(512, ge=1, description="Largest file a customer may hand in for data care (R048).")
    care_expanded_mb: int = Field(
        1024, ge=1, description="Most that a compressed file of a customer may expand to (R048)."
    )
    care_ratio: int = Field(100, ge=2, description="Most expanded bytes per compressed byte of such a file (R048).")
    care_members: int = Field(1_000, ge=1, description="Most members of a spreadsheet's container (R048).")
    care_rows: int = Field(2_000_000, ge=1, description="Most rows of a customer's file (R048).")
    care_columns: int = Field(300, ge=1, description="Most columns of a customer's file (R048).")
    care_line_kb: int = Field(1024, ge=1, description="Longest line of a customer's text file (R048).")
    care_seconds: int = Field(300, ge=1, description="Seconds the reader of a customer's file may work (R048).")
    care_engine: CareEngine = Field(
        "duckdb",
        description="What the matcher runs on; spark and sail need an environment of their own (docs/big-matching.md).",
    )
    care_memory_mb: int = Field(
        1500, ge=200, description="Memory the reader of a customer's file may hold before it is stopped (R048)."
    )
    care_decided_rows: int = Field(
        200,
        ge=1,
        description="Fewest doubtful rows of a customer that people decided before its weights learn of it (R049).",
    )
    care_floor: int = Field(
        20, ge=1, description="What fewer rows of an upload than this show is no sign of harvesting (T19)."
    )
    care_completion_percent: float = Field(
        20.0, gt=0, le=100, description="Share of an upload's rows whose empty personal cells may be filled (T19)."
    )
    care_contact_percent: float = Field(
        50.0, gt=0, le=100, description="Share of an upload's rows that may get a new personal contact (T19)."
    )
    care_crowd: int = Field(
        50, ge=2, description="More persons of one organisation than a customer's own register has of it (T19)."
    )
    care_crowd_percent: float = Field(
        30.0, gt=0, le=100, description="Share of an upload's rows that may be about such organisations (T19)."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING", description="Level of the log on standard error."
    )

    @field_validator("controller_business_id")
    @classmethod
    def _business_id(cls, value: str) -> str:
        if not ytunnus.is_valid(value):
            raise ValueError("not a valid Y-tunnus (R001)")
        return str(ytunnus.format(value))

    @field_validator("smtp_security")
    @classmethod
    def _encrypted(cls, value: str, info: ValidationInfo) -> str:
        host = info.data.get("smtp_host")
        if value == "none" and host is not None and host not in LOOPBACK:
            raise PydanticCustomError("unencrypted", "none is for a mail server on this machine only")
        return value

    @field_validator("mail_from", "intake_address")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return value
        from core.identity import normalise_email  # loads the column engine, which few settings need

        if normalise_email(value) is None:
            raise ValueError("not an e-mail address")
        return value

    @property
    def sender(self) -> str:
        """The address our messages come from."""
        return self.mail_from or self.contact

    @property
    def keys_dir(self) -> Path:
        return self.keys or self.home / "keys"

    @property
    def tombstones_path(self) -> Path:
        return self.tombstones or self._beside("tombstones")

    @property
    def anchors_path(self) -> Path:
        return self.anchors or self._beside("anchors")

    def _beside(self, ending: str) -> Path:
        home = self.home.resolve()
        return home.with_name(f"{home.name}.{ending}")

    @field_validator("tombstones", "anchors")
    @classmethod
    def _outside(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        home = info.data.get("home")
        if path is not None and home is not None and path.resolve().is_relative_to(home.resolve()):
            raise PydanticCustomError("inside_home", "it must lie outside the home, which a backup would put back")
        return path


def load_settings(*, file: Path | None = None, env: dict[str, str] | None = None, **overrides: Any) -> Settings:
    """Build the settings: defaults, then the TOML file, then ``RAJAUS_*``, then ``overrides`` that are not None.

    Raises ``ConfigError`` for an unknown key or a value that does not fit.
    """
    values: dict[str, Any] = {}
    env = dict(os.environ) if env is None else env
    file = file or (Path(env["RAJAUS_CONFIG"]) if "RAJAUS_CONFIG" in env else None)
    if file is not None:
        try:
            values |= tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise ConfigError("setting_invalid", setting=str(file), reason=type(error).__name__) from error
    for name, value in env.items():
        if name.startswith(PREFIX) and name != "RAJAUS_CONFIG":
            values[name.removeprefix(PREFIX).lower()] = value
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise ConfigError("setting_unknown", setting=setting) from error
        raise ConfigError("setting_invalid", setting=setting, reason=first["msg"]) from error
