-- Organisations that the customer's own lists name.
CREATE OR REPLACE TEMP TABLE own_organisation AS
SELECT org AS id FROM organisation_key WHERE business IN (FROM own_business)
UNION ALL
SELECT org FROM organisation_key WHERE domain IN (FROM own_domain)
UNION ALL
SELECT org FROM organisation_key WHERE name_visiting IN (FROM own_name) OR name_postal IN (FROM own_name)
