-- Organisations delivered to the customer earlier. The long list is first cut down to the rows at hand, so that what is hashed is small.
UPDATE judged SET fate = 5
WHERE fate = 0
  AND org IN (
      SELECT org FROM candidate_key
      WHERE company_link IN (SELECT word FROM earlier_word WHERE word IN (SELECT company_link FROM candidate_key))
  )
