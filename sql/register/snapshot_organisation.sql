-- One row per organisation; lists are empty when nothing is known, scalars NULL. Per field group the load and date (R008).
CREATE TABLE organisation (
    org INTEGER NOT NULL, business_id VARCHAR NOT NULL, kind UTINYINT, name VARCHAR, name_fold VARCHAR,
    parallel_names VARCHAR[], auxiliary_names VARCHAR[], former_names VARCHAR[], form VARCHAR,
    industry VARCHAR, industry_version VARCHAR, staff_class UTINYINT, revenue_class UTINYINT,
    visiting_street VARCHAR, visiting_postcode VARCHAR, visiting_city VARCHAR,
    postal_street VARCHAR, postal_postcode VARCHAR, postal_city VARCHAR, municipality VARCHAR, region VARCHAR,
    phone VARCHAR, fax VARCHAR, website VARCHAR, it_workstations INTEGER, it_servers INTEGER, it_erp VARCHAR,
    ceased BOOLEAN NOT NULL, sole_trader BOOLEAN NOT NULL, nonce UUID NOT NULL,
    name_load INTEGER, name_date DATE, industry_load INTEGER, industry_date DATE, size_load INTEGER, size_date DATE,
    visiting_load INTEGER, visiting_date DATE, postal_load INTEGER, postal_date DATE, phone_load INTEGER, phone_date DATE,
    web_load INTEGER, web_date DATE, it_load INTEGER, it_date DATE
)
