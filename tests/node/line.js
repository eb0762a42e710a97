'use strict';
// A driver: one JSON request a line on stdin, one JSON answer a line on stdout; several may be under way at once.
// The first verb is `begin`: it is given what the driver needs and makes the other verbs.

const readline = require('node:readline');

exports.serve = (begin) => {
  let verbs = null;
  const answered = async (verb, given) => {
    if (verb !== 'begin') return verbs[verb](given);
    verbs = await begin(given);
    return null;
  };
  readline.createInterface({ input: process.stdin, terminal: false }).on('line', async (line) => {
    const { id, verb, given } = JSON.parse(line);
    let told;
    try {
      told = { id, value: await answered(verb, given) };
    } catch (error) {
      told = { id, error: [error.code, error.message].filter(Boolean).join(': ') || String(error) };
    }
    process.stdout.write(`${JSON.stringify(told)}\n`);
  });
};

// Private DNS: the vendors' names lead to a port of loopback, as a resolver and a forwarded port would have it.
// The certificate is checked as ever: against the CA of NODE_EXTRA_CA_CERTS, for the name that was dialled.
exports.resolveTo = (port) => {
  const https = require('node:https');
  const tls = require('node:tls');
  https.Agent.prototype.createConnection = (options, callback) =>
    tls.connect({ ...options, host: '127.0.0.1', port, servername: options.servername || options.host }, callback);
};
