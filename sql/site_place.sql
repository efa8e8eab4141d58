-- The place of a position's site: its own postal code where mail is delivered to the street (those end in 0 or 5, PO boxes
-- in 1), else the organisation's visiting or postal code. An organisation at a place is a site.
CREATE OR REPLACE TEMP MACRO site_place(own_postcode, visiting_postcode, postal_postcode) AS
    coalesce(if(regexp_matches(own_postcode, '^\d{4}[05]$'), own_postcode, NULL), visiting_postcode, postal_postcode, '')
