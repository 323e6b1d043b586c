/*
 * Both parts of the package: the picker, then the storage.
 *
 *   npm run bench -w @unchoke/pieces              prints the tables
 *   npm run bench -w @unchoke/pieces -- --write   also writes them into the README
 */
await import('./picker.bench.js');
await import('./storage.bench.js');
