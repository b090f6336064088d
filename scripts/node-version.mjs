// Imported before anything else, and so written in the JavaScript of old versions of Node: says what is wrong, and stops.
if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Membrane needs Node.js 20 or later; this is ${process.version}.`);
  process.exit(2);
}
