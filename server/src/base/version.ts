/** Of the program; a test holds it equal to what the packages say. */
export const version = '0.1.0';
