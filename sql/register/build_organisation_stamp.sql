-- The few ways in which loads combine behind an organisation.
CREATE TEMP TABLE organisation_stamp AS
SELECT DISTINCT
    hash(name_load, industry_load, size_load, visiting_load, postal_load, phone_load, web_load, it_load) AS stamp,
    [name_load, industry_load, size_load, visiting_load, postal_load, phone_load, web_load, it_load] AS loads
FROM organisation
