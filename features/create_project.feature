Feature: CreateProject with storage integration
  CreateProject takes two optional parameters, notificationQueueUri and
  exportModelContainerUri, and shows them in its response.
  Guide: "Integrate Custom Vision project", create.

  @CVSI-CREATE-01 @must @notifications @backup
  Rule: CreateProject with both URIs responds 200 with a project that has an id

    Scenario: A project is created with a queue and a container
      Given a queue and a container
      When a project is created with the queue URI and the container URI
      Then the response is 200 with a project that has an id

  @CVSI-CREATE-02 @must @notifications @backup
  Rule: The response of CreateProject shows both URIs in its settings
    They are JSON string values equal to those in the request.

    Scenario: The response of a create shows the queue and the container
      Given a queue and a container
      When a project is created with the queue URI and the container URI
      Then the response's settings show exactly the URIs of the request

  @CVSI-CREATE-03 @should
  Rule: CreateProject responds with a complete project document
    Its members: `id` (UUID), `name` as in the request, `description`, `settings` {`domainId` UUID, `classificationType`,
    `targetExportPlatforms` array, `useNegativeSet`, `detectionParameters`, `imageProcessingSettings.augmentationMethods`
    object}, `created` and `lastModified` (RFC 3339 UTC, within a minute of the call), `thumbnailUri`, `drModeEnabled`,
    `status` = `Succeeded`. The content type is `application/json`.

    Scenario: The response of a create is a complete project document
      Given the storage of the profile under test
      When a project is created with the URIs of that storage
      Then the response is a complete project document

  @CVSI-CREATE-04 @must @notifications
  Rule: A project may have only a queue
    The response is 200 and shows that URI; the other is absent, null or empty.

    Scenario: A project is created with only a queue
      Given a queue
      When a project is created with only the queue URI
      Then the response is 200 with a project that has an id
      And the response's settings show exactly the URIs of the request

  @CVSI-CREATE-05 @must @backup
  Rule: A project may have only a container
    The response is 200 and shows that URI; the other is absent, null or empty.

    Scenario: A project is created with only a container
      Given a container
      When a project is created with only the container URI
      Then the response is 200 with a project that has an id
      And the response's settings show exactly the URIs of the request

  @CVSI-CREATE-06 @must
  Rule: Both URIs are optional
    Without them the response is 200 and shows neither (absent, null or empty), and no queue or container of the run is
    written to.

    Scenario: A project is created without storage URIs
      Given no queue and no container
      When a project is created without storage URIs
      Then the response is 200 with a project that has an id
      And the response's settings show no storage URIs
      And no queue or container of the run is written to

  @CVSI-CREATE-07 @should
  Rule: GetProject and the project list show the URIs given to CreateProject

    Scenario: GetProject shows the URIs of a created project
      Given the storage of the profile under test
      When a project is created with the URIs of that storage
      Then GetProject shows exactly the URIs of the request

    Scenario: The project list shows the URIs of a created project
      Given the storage of the profile under test
      When a project is created with the URIs of that storage
      Then the project list shows exactly the URIs of the request

  @CVSI-CREATE-08 @may
  Rule: The JSON body of v3.4-preview is accepted like the guide's query parameters
    The members of that body are `exportModelContainerUri` and `notificationQueueUri`.

    Scenario: A project is created with storage URIs in a JSON body
      Given the storage of the profile under test
      When a project is created with the URIs of that storage in the v3.4-preview body
      Then the response is 200 with a project that has an id
      And the response's settings show exactly the URIs of the request

  @CVSI-CREATE-09 @should
  Rule: An object-detection project supports the integration like a classification project
    The response is 200 and shows the URIs, and the connection is tested. The requirement applies if GetDomains lists an
    object-detection domain.

    Scenario: An object-detection project is created with storage URIs
      Given the storage of the profile under test
      When an object-detection project is created with the URIs of that storage
      Then the response is 200 with a project that has an id
      And the response's settings show exactly the URIs of the request

    @notifications
    Scenario: An object-detection project sends a ConnectionTest message
      Given the storage of the profile under test
      When an object-detection project is created with the URIs of that storage
      Then the queue holds a ConnectionTest message

    @backup
    Scenario: An object-detection project writes a test blob
      Given the storage of the profile under test
      When an object-detection project is created with the URIs of that storage
      Then a test blob appeared in the test-permission folder
