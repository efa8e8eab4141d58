-- By what an organisation is recognised in a customer's list or an earlier delivery: first 64 bits of SHA-256 of its
-- Y-tunnus, its web domain, and its name with each of its postal codes; and its blinded manifest token.
CREATE TABLE organisation_key (
    org INTEGER NOT NULL, company_link UBIGINT NOT NULL, business UBIGINT NOT NULL, domain UBIGINT,
    name_visiting UBIGINT, name_postal UBIGINT
)
