/** Of `@pulumi/aws` and of the provider's program, which belong together. */
export const AWS_PROVIDER_VERSION = '7.48.0';
