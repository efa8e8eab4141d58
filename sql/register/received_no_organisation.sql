-- No organisation is left out.
CREATE OR REPLACE TEMP TABLE received_organisation AS
SELECT NULL::INTEGER AS id WHERE false
