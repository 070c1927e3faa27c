'use strict';
// Node.js loads this script before Azurite (node --require). The owner of the process holds the other end of the
// standard input. When that closes, however the owner ended, this process exits and deletes the folder of this script,
// which also contains Azurite's data.
const { rmSync } = require('node:fs');

const leave = () => process.exit(0);
process.stdin.on('end', leave).on('error', leave).resume();
process.stdin.unref();
process.on('exit', () => rmSync(__dirname, { recursive: true, force: true }));
