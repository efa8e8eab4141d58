-- Organisations that the customer's own lists name.
UPDATE judged SET fate = 6
WHERE fate = 0
  AND org IN (
      SELECT org FROM candidate_key
      WHERE business IN (FROM own_business) OR domain IN (FROM own_domain)
         OR name_visiting IN (FROM own_name) OR name_postal IN (FROM own_name)
  )
