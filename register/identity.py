"""Who is who: stable ids of persons and positions across loads, sources and snapshots.

Rows are one person when they share first name and mobile, name and e-mail, or name and organisation (unless
e-mails and mobiles both differ: homonyms stay apart). Ids come from the previous snapshot by the same keys and by
source id, so a new source id, surname, employer or source leaves a person who he or she was. Two former persons
found to be one keep the smaller id; the other becomes an alias. An id is never used twice. Where a correction stands,
identity goes by what the sources say and by what is right. Restricted persons stand aside: ``frozen``.
"""

from __future__ import annotations

from register.engine import Workshop


def persons(shop: Workshop) -> None:
    """Fill ``person_alias`` and the working tables ``seat (rid, person, org, title, sid)`` and ``successor``."""
    shop.run("identity_row", "identity_superseded")
    shop.run("identity_former_position", "identity_former_name", "identity_former_row")
    shop.run("identity_kept_source", "identity_new_row")
    shop.run("identity_kept_email", "identity_kept_mobile", "identity_kept_organisation", "identity_kept_corrected")
    shop.run("identity_link", "identity_number", "identity_shared_number", "identity_link_mobile")
    shop.run("identity_link_email", "identity_link_organisation", "identity_link_kept")
    _components(shop)
    shop.run("identity_member", "identity_claim", "identity_claim_mobile")
    _freeze(shop)
    shop.drop("kept", "new_row", "number")
    shop.execute("identity_person_of", {"next_person": _next(shop)[0]})
    shop.run("identity_successor", "identity_person_alias", "identity_seat")
    shop.drop("member", "claim", "person_of")


def _freeze(shop: Workshop) -> None:
    """Take whoever is restricted, and whoever the rows say is the same person, out of the merging (R062)."""
    shop.run("identity_frozen_pair", "identity_frozen")
    if shop.row("identity_restricted") != (0,):
        shop.run("identity_frozen_member", "identity_frozen_claim")


def _components(shop: Workshop) -> None:
    """Connected components of the links, by label propagation until no label changes."""
    shop.run("identity_component", "identity_reach")
    while shop.row("identity_reach_changed") != (0,):
        shop.run("identity_component_next", "identity_reach")
    shop.drop("link", "reach")


def positions(shop: Workshop) -> None:
    """Make ``unit`` and ``position_of`` (what counts as one position, and its id) and ``moved`` (ids that ended).

    ``seat`` stays."""
    shop.run("identity_unit", "identity_standing_position")
    shop.drop("former_position")
    shop.run("identity_held_source", "identity_held_title", "identity_held_only")
    shop.execute("identity_position_of", {"next_position": _next(shop)[1]})
    shop.run("identity_moved")
    shop.drop("standing_position", "held")


def next_ids(shop: Workshop) -> tuple[int, int]:
    """The first person and position ids that no snapshot has used, this one included."""
    person, position = _next(shop)
    last_person, last_position = shop.row("build_used_ids")
    return max(person, last_person + 1), max(position, last_position + 1)


def _next(shop: Workshop) -> tuple[int, int]:
    person, position = shop.row("build_next_ids")
    return person or 1, position or 1
