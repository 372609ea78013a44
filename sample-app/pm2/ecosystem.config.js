// pm2 start ecosystem.config.js; pm2 reload --parallel 1 ticket-shop; pm2 scale ticket-shop 5
const path = require('path');

module.exports = {
  apps: [
    {
      name: 'ticket-shop',
      script: path.join(__dirname, 'start'),
      interpreter: 'bash',
      args: ['-jar', path.join(__dirname, '../target/sample-app.jar')],
      // Not PM2's cluster mode, which is Node's: here it is the kernel that shares the port.
      exec_mode: 'fork',
      instances: 3,
      // The next one is started, or replaced, when this one is ready, or after listen_timeout at the latest.
      wait_ready: true,
      listen_timeout: 180_000,
      // More than spring.lifecycle.timeout-per-shutdown-phase: PM2 kills what still runs then.
      kill_timeout: 35_000,
      exp_backoff_restart_delay: 100,
      env: {
        PORT: process.env.PORT || 8080,
        // And those after it, one for each instance, on 127.0.0.1.
        MANAGEMENT_BASE_PORT: process.env.MANAGEMENT_BASE_PORT || 8081,
      },
    },
  ],
};
