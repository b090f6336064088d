declare const MEMBRANE_BUILD: string | undefined;

/** Of the program; a test holds it equal to what the packages say. */
export const version = '0.1.0';

/**
 * Changes with every change of the program: a hash of its sources, which the build puts in. What is not built has the same one
 * forever, so nothing that it keeps may be used by a later one.
 */
export const buildId = typeof MEMBRANE_BUILD === 'string' ? MEMBRANE_BUILD : 'not built';
