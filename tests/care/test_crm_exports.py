"""Exports of the usual CRMs are known by their headers: header rows in their style, and what each column is taken for
(R048)."""

from __future__ import annotations

import pyarrow as pa
import pytest

from core.errors import FileRejected
from datacare import columns, crm_exports
from datacare.jobs import open_job
from ledger.store import Store
from schemas import crm
from tests.care.conftest import Write, add_agreement

HEADERS = {
    "hubspot contacts": (
        ("Record ID,First Name,Last Name,Email,Phone Number,Lead Status,Create Date,Associated Company,Country/Region,"
        "Contact owner,Job Title,Mobile Phone Number,Street Address,Postal Code,City,Y-tunnus"),
        {"id": "Record ID", "name": "Associated Company", "first_name": "First Name", "last_name": "Last Name",
         "title": "Job Title", "email": "Email", "phone": "Phone Number", "mobile": "Mobile Phone Number",
         "street": "Street Address", "postcode": "Postal Code", "city": "City", "identifier": "Y-tunnus"},
    ),
    "hubspot companies": (
        ("Record ID,Company name,Company owner,Create Date,Phone Number,Last Activity Date,City,Country/Region,"
        "Industry,Company Domain Name"),
        {"id": "Record ID", "name": "Company name", "phone": "Phone Number", "city": "City",
         "domain": "Company Domain Name"},
    ),
    "salesforce contacts": (
        ("Id,IsDeleted,MasterRecordId,AccountId,LastName,FirstName,Salutation,Name,MailingStreet,MailingCity,MailingState,"
        "MailingPostalCode,MailingCountry,Phone,Fax,MobilePhone,HomePhone,Email,Title,Department,Account.Name"),
        {"id": "Id", "name": "Account.Name", "first_name": "FirstName", "last_name": "LastName", "title": "Title",
         "email": "Email", "phone": "Phone", "mobile": "MobilePhone", "street": "MailingStreet",
         "postcode": "MailingPostalCode", "city": "MailingCity"},
    ),
    "salesforce leads": (
        ("Id,LastName,FirstName,Title,Company,Street,City,State,PostalCode,Country,Phone,MobilePhone,Email,Website,Status"),
        {"id": "Id", "name": "Company", "first_name": "FirstName", "last_name": "LastName", "title": "Title",
         "email": "Email", "phone": "Phone", "mobile": "MobilePhone", "street": "Street", "postcode": "PostalCode",
         "city": "City", "domain": "Website"},
    ),
    "salesforce accounts": (
        ("Id,Name,Type,ParentId,BillingStreet,BillingCity,BillingState,BillingPostalCode,BillingCountry,Phone,Fax,Website"),
        {"id": "Id", "name": "Name", "phone": "Phone", "street": "BillingStreet", "postcode": "BillingPostalCode",
         "city": "BillingCity", "domain": "Website"},
    ),
    "dynamics contacts": (
        ("(Do Not Modify) Contact,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Full Name,Email,"
        "Company Name,Business Phone,Mobile Phone,Job Title,Address 1: Street 1,Address 1: ZIP/Postal Code,"
        "Address 1: City,Status"),
        {"id": "(Do Not Modify) Contact", "name": "Company Name", "contact": "Full Name", "email": "Email",
         "phone": "Business Phone", "mobile": "Mobile Phone", "title": "Job Title", "street": "Address 1: Street 1",
         "postcode": "Address 1: ZIP/Postal Code", "city": "Address 1: City"},
    ),
    "dynamics leads": (
        ("(Do Not Modify) Lead,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Subject,First Name,Last Name,"
        "Job Title,Company Name,Email,Business Phone,Country,Description,Lead Source"),
        {"id": "(Do Not Modify) Lead", "name": "Company Name", "first_name": "First Name", "last_name": "Last Name",
         "title": "Job Title", "email": "Email", "phone": "Business Phone"},
    ),
    "dynamics accounts": (
        ("(Do Not Modify) Account,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Account Name,Main Phone,"
        "Address 1: City,Primary Contact,Website"),
        {"id": "(Do Not Modify) Account", "name": "Account Name", "phone": "Main Phone", "city": "Address 1: City",
         "domain": "Website"},
    ),
    "pipedrive persons": (
        ("Person - Name,Person - Organization,Person - Email - Work,Person - Email - Home,Person - Phone - Work,"
        "Person - Phone - Mobile,Person - Labels,Person - Owner,Person - ID"),
        {"id": "Person - ID", "name": "Person - Organization", "contact": "Person - Name",
         "email": "Person - Email - Work", "phone": "Person - Phone - Work", "mobile": "Person - Phone - Mobile"},
    ),
    "pipedrive organizations": (
        ("Organization - ID,Organization - Name,Organization - Address,Organization - Open deals,Organization - Owner"),
        {"id": "Organization - ID", "name": "Organization - Name", "street": "Organization - Address"},
    ),
}  # fmt: skip


def empty(header: list[str]) -> pa.Table:
    return pa.table({name: pa.nulls(0, pa.string()) for name in header})


@pytest.mark.parametrize("what", HEADERS)
def test_an_export_is_known_by_its_headers_and_so_are_its_columns(what: str) -> None:
    text, mapping = HEADERS[what]
    header = text.split(",")
    export = crm_exports.recognised(header)
    assert export is not None
    assert f"{export.preset} {export.what}" == what
    assert columns.guess(header, empty(header), told=export.mapping) == mapping
    shouting = [name.upper() for name in reversed(header)]
    again = crm_exports.recognised(shouting)
    assert again is not None
    assert {field: name.upper() for field, name in export.mapping.items()} == dict(again.mapping)


def test_every_layout_is_tried_and_maps_known_fields_alone() -> None:
    layouts = {f"{name} {layout.what}": layout for name, p in crm.profiles().items() for layout in p.exports}
    assert set(layouts) == set(HEADERS)
    assert all(set(layout.fields) <= set(columns.KNOWN) for layout in layouts.values())


@pytest.mark.parametrize("header", ["Yritys,Y-tunnus,Etunimi", "id,name,email,phone", "First Name,Last Name,Email"])
def test_a_table_of_ones_own_is_no_export(header: str) -> None:
    assert crm_exports.recognised(header.split(",")) is None


def test_the_preset_is_said_or_told_and_a_mapping_file_overrules_it(store: Store, crm: Write) -> None:
    agreement = add_agreement(store)
    header = HEADERS["pipedrive persons"][0].split(",")
    row = ["Aili Merkki", "Merkki Oy", "a@merkki.example", "", "0401234567", "", "", "", "7"]
    document = open_job(store, agreement, crm(header, row))
    assert (document["preset"], document["mapping"]["contact"]) == ("pipedrive persons", "Person - Name")
    assert open_job(store, agreement, crm(header, row), preset="none")["preset"] is None
    own = ["Company", "Lastname", "Country"]
    assert open_job(store, agreement, crm(own, ["Merkki Oy", "Merkki", "FI"]), preset="salesforce")["preset"] == (
        "salesforce leads"
    )
    with pytest.raises(FileRejected) as refused:
        open_job(store, agreement, crm(("Yritys", "Y-tunnus"), ("Merkki Oy", "0112038-9")), preset="hubspot")
    assert refused.value.code == "mapping_invalid"
