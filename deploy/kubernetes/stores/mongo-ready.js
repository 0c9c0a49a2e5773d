// The health check: begins the replica set where there is none yet (majority writes and sessions need one), and succeeds on its primary.
db.getSiblingDB('admin').auth('root', process.env.MONGO_INITDB_ROOT_PASSWORD);
try {
  rs.status();
} catch (error) {
  rs.initiate({ _id: 'rs0', members: [{ _id: 0, host: '127.0.0.1:27017' }] });
}
if (!db.hello().isWritablePrimary) {
  quit(1);
}
