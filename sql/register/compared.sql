-- The selected rows, and whether the customer has them already or they are pressed: fates 5 to 7 of judged, else 0. The
-- lists hold no NULL, and a WHEN that is NULL does not hold.
CREATE OR REPLACE TEMP VIEW compared AS
SELECT *, CASE
    WHEN s.person_link IN (FROM earlier_person) OR s.site_link IN (FROM earlier_site)
      OR s.org IN (FROM received_organisation) THEN 5
    WHEN s.org IN (FROM own_organisation) OR s.email IN (FROM own_email) THEN 6
    WHEN s.person_link IN (FROM pressed_word) THEN 7
    ELSE 0
END AS held
FROM selection AS s
