"""What a customer may report of a responder: the acts, the kinds of evidence, and how a report's columns are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.codes import Label

ACTS: Mapping[str, Label] = MappingProxyType(
    {
        "reply": Label("vastaus", "svar", "reply"),
        "order": Label("tilaus", "beställning", "order"),
        "event": Label("ilmoittautuminen tapahtumaan", "anmälan till evenemang", "registration for an event"),
        "visit": Label("käynti", "besök", "visit"),
        "call": Label("soitto", "samtal", "call"),
    }
)
"""What a person did towards the customer of his own accord (R034)."""

EVIDENCE: Mapping[str, Label] = MappingProxyType(
    {
        "message": Label("viesti", "meddelande", "message"),
        "form": Label("lomake", "formulär", "form"),
        "order": Label("tilausvahvistus", "orderbekräftelse", "order confirmation"),
        "registration": Label("osallistujaluettelo", "deltagarlista", "list of participants"),
        "recording": Label("tallenne", "inspelning", "recording"),
        "note": Label("muistiinpano", "anteckning", "note"),
    }
)
"""What shows it."""

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "row": ("row", "row key", "rivi", "rivinumero", "rad"),
        "token": ("ban_url", "token", "ban token", "kieltolinkki", "förbudslänk"),
        "email": ("email", "e-mail", "sähköposti", "e-post"),
        "first_name": ("first_name", "etunimi", "förnamn"),
        "last_name": ("last_name", "sukunimi", "efternamn"),
        "business_id": ("business_id", "y-tunnus", "ytunnus", "fo-nummer"),
        "date": ("date", "päivä", "päivämäärä", "pvm", "datum"),
        "act": ("act", "teko", "toimi", "handling"),
        "evidence": ("evidence", "evidence type", "näyttö", "bevis"),
        "reference": ("reference", "evidence reference", "viite", "referens"),
    }
)
"""A report's columns, with the names they are known by."""

NEEDED = ("date", "act", "evidence", "reference")
"""Columns that every report has; which of the others say who is meant is the reporter's choice."""

KEYS = ("row", "token", "email", "name")
"""Ways to say who is meant; ``name`` is first and last name with business id. Those given must agree."""

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "cells": "The row has not as many cells as the header.",
        "who_missing": "Nothing says who is meant: a row, a ban link, an e-mail, or names with a Y-tunnus.",
        "row_invalid": "Not a row number of an extract.",
        "token_invalid": "Not a ban link or its token.",
        "email_invalid": "Not an e-mail address.",
        "business_id_invalid": "Not a Y-tunnus.",
        "date_invalid": "Not a date as 2026-11-30 or 30.11.2026.",
        "date_future": "The day is still to come.",
        "date_before_delivery": "The day is before the extract was delivered.",
        "act_unknown": "Not one of the acts.",
        "evidence_unknown": "Not one of the kinds of evidence.",
        "reference_missing": "No reference to the evidence.",
        "reference_too_long": "A reference of more than 200 characters.",
        "reference_contact": "The reference holds contact data or an identity code; name the place instead.",
        "not_delivered": "Nobody like that was delivered in this extract.",
        "keys_disagree": "What says who is meant does not agree with itself.",
        "ambiguous": "Several rows of the extract fit; name the row.",
        "unavailable": "This row cannot be activated.",
    }
)
"""Why a row is refused. Nothing here tells a ban from anything else (R023), nor a control record from a person."""
