-- Rows that a question is about, by random bucket: those selected and not excluded by the asker, whoever of them may be
-- delivered. The received_* tables hold no NULL.
SELECT (nonce::UHUGEINT & 4095)::INTEGER AS bucket, count(*)::INTEGER AS rows
FROM judged
WHERE person NOT IN (SELECT id FROM received_person) AND org NOT IN (SELECT id FROM received_organisation)
GROUP BY 1
