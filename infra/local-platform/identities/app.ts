/** The client id of the app that people sign in to, and so the audience of their tokens. */
export const APP = 'app';

/** As which user pool it takes the order to delete somebody. */
export const EMBEDDED_POOL = 'xx-local-1_embedded';
