-- Each reservation is sold or released soon after it was made: see orders/migrations/0003-room-for-updates.sql.
ALTER TABLE reservations SET (fillfactor = 50);
