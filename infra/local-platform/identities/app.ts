/** The client id of the app that people sign in to, and so the audience of their tokens. */
export const APP = 'app';
