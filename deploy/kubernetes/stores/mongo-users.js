// Run once by MongoDB's image, on an empty volume: each service's user reaches the service's own database alone.
for (const app of ['chat', 'notification']) {
  db.getSiblingDB(`${app}_db`).createUser({
    user: `${app}_service`,
    pwd: process.env[`${app.toUpperCase()}_SERVICE_PASSWORD`],
    roles: ['readWrite', 'dbAdmin'],
  });
}
