INSERT INTO form FROM previous.form
