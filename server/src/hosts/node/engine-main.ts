/** What a worker thread loads to check files, once it has none to search. */
export { loadBackend } from './backend.ts';
export { Tasks } from './tasks.ts';
