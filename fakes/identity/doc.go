// Package identity is a fake of the managed-identity endpoint of Azure App Service. A program that finds its
// credentials by itself, for example with DefaultAzureCredential, obtains tokens from it. [New] returns an
// http.Handler; the caller provides the listener. [Endpoint.Environment] returns the environment variables that lead
// a program to the endpoint.
//
// The protocol is documented in the REST endpoint reference of "How to use managed identities for App Service and
// Azure Functions" (learn.microsoft.com, app-service/overview-managed-identity): GET with the query parameters
// api-version and resource and the header X-IDENTITY-HEADER. A token is a signed JWT with the claims of an
// application in version 1.0 of Microsoft Entra's tokens. Storage requests that version, and Azurite accepts it if it
// runs with --oauth basic and https.
//
// # Limitations
//
//   - User-assigned identities: a request for one is rejected.
//   - Roles: the token names the caller, not its permissions.
//   - The endpoints of other hosts (virtual machines, Azure Arc, Service Fabric).
//
// Stop extending the package where it would have to know the purpose of a token.
package identity
