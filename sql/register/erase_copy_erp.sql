INSERT INTO erp SELECT e.* FROM previous.erp AS e SEMI JOIN selectable AS s ON s.it_erp = e.erp
