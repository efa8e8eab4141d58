-- Organisations delivered to the customer earlier.
CREATE OR REPLACE TEMP TABLE received_organisation AS
SELECT org AS id FROM organisation_key WHERE company_link IN (FROM earlier_organisation)
