'use strict';
// Loaded into Azurite's process before Azurite itself (node --require). The harness holds the other end of the standard
// input: when that closes, however the harness ended, this process ends too and takes its folder (this file's) with it.
const { rmSync } = require('node:fs');

const leave = () => process.exit(0);
process.stdin.on('end', leave).on('error', leave).resume();
process.stdin.unref();
process.on('exit', () => rmSync(__dirname, { recursive: true, force: true }));
