-- Who wants to be found.
CREATE VIEW searchable_profiles AS
SELECT user_id, username, display_name, avatar_url, username_key, display_name_key
FROM profiles p
WHERE visibility = 'public'
    AND NOT EXISTS (SELECT FROM settings s WHERE s.user_id = p.user_id AND s.chosen @> '{"discoverable": false}');
