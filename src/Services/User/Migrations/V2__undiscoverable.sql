-- Search leaves these out, and must not look through everybody's settings for them.
CREATE INDEX settings_undiscoverable ON settings (user_id) WHERE chosen @> '{"discoverable": false}';
