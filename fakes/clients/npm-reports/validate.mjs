// Validates the report on standard input by the rules of the format's own package, and prints the errors.
import { readFileSync } from "node:fs";
import { validate } from "ctrf";

const report = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(validate(report).errors ?? []));
