-- A saved card: one SQLite file, application id 0x76736364 ("vscd"), user_version the schema's number. Version 3.
-- Each row's sum is over its other columns (image_sum.h).

CREATE TABLE card (
	name TEXT PRIMARY KEY, -- type: the card type's name; last-file, last-object: identifiers given so far;
	                       -- schema: the sum of what sqlite_schema has, as hexadecimal digits;
	                       -- rows: how many the other tables have
	value TEXT NOT NULL,
	sum BLOB NOT NULL
) WITHOUT ROWID;

-- The file tree (ISO/IEC 7816-4:2020 clause 7); the MF has no parent.
CREATE TABLE file (
	id INTEGER PRIMARY KEY,  -- never given twice; a parent's is lower than its children's
	parent INTEGER REFERENCES file(id),
	fid INTEGER NOT NULL,
	descriptor INTEGER NOT NULL,
	coding INTEGER NOT NULL,
	sfi INTEGER NOT NULL,    -- 0: none
	life INTEGER NOT NULL,
	record_size INTEGER NOT NULL,
	record_max INTEGER NOT NULL,
	size INTEGER NOT NULL,
	names BLOB NOT NULL,     -- control parameters as BER-TLV objects: 84
	security BLOB NOT NULL,  -- 8B, 8C, AB, ...
	extra BLOB NOT NULL,     -- 85, A5, ...
	fmd BLOB NOT NULL,
	inactive BLOB NOT NULL DEFAULT x'', -- numbers of deactivated records, ascending, a byte each
	content BLOB NOT NULL,
	sum BLOB NOT NULL
);

-- Named values of the card and its type.
CREATE TABLE attr (
	name TEXT PRIMARY KEY,
	value BLOB NOT NULL,
	sum BLOB NOT NULL
) WITHOUT ROWID;

-- PINs, keys and security environments: each column as the field of that name in card/auth.h, keystore.h and se.h. df is the
-- id of the file they belong to, 0 for the card's own; ids are never given twice among the three.
CREATE TABLE pin (
	id INTEGER PRIMARY KEY,
	df INTEGER NOT NULL,
	ref INTEGER NOT NULL,
	format INTEGER NOT NULL,
	flags INTEGER NOT NULL,
	pad INTEGER NOT NULL,
	min_len INTEGER NOT NULL,
	max_len INTEGER NOT NULL,
	tries INTEGER NOT NULL,
	max_tries INTEGER NOT NULL,
	unblock_tries INTEGER NOT NULL,
	unblock_max INTEGER NOT NULL,
	admin_pin INTEGER NOT NULL,
	admin_key INTEGER NOT NULL,
	uses INTEGER NOT NULL,
	value BLOB NOT NULL,
	unblock BLOB NOT NULL,
	sum BLOB NOT NULL
);

CREATE TABLE key (
	id INTEGER PRIMARY KEY,
	df INTEGER NOT NULL,
	ref INTEGER NOT NULL,
	makes INTEGER NOT NULL,
	alg INTEGER NOT NULL,
	policy INTEGER NOT NULL,
	pin INTEGER NOT NULL,
	touch INTEGER NOT NULL,
	tries INTEGER NOT NULL,
	max_tries INTEGER NOT NULL,
	generated INTEGER NOT NULL,
	usage INTEGER NOT NULL,
	uses INTEGER NOT NULL,
	counter INTEGER NOT NULL,
	name BLOB NOT NULL,
	extra BLOB NOT NULL,
	kind INTEGER,    -- crypto/key.h; NULL: a place without a key
	private INTEGER,
	bytes BLOB,      -- PKCS #8, SubjectPublicKeyInfo, or the bytes of a symmetric key
	sum BLOB NOT NULL
);

CREATE TABLE environment (
	id INTEGER PRIMARY KEY,
	df INTEGER NOT NULL,
	number INTEGER NOT NULL,
	crts BLOB NOT NULL,
	sum BLOB NOT NULL
);
