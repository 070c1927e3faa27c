Feature: UpdateProject with storage integration
  UpdateProject connects an existing project to a queue and a container, by the
  same two members in its settings.
  Guide: "Integrate Custom Vision project", update.

  @CVSI-UPDATE-01 @must
  Rule: UpdateProject with the complete request body of the guide responds 200
    The body has the project's name, description, settings and status, and both URIs in `settings`. The project had no
    URIs before.

    Scenario: A project without storage integration is updated with storage URIs
      Given a project without storage integration
      When it is updated with the complete request body of the guide
      Then the response is 200 with a project that has an id

  @CVSI-UPDATE-02 @should
  Rule: The response of UpdateProject and a later GetProject show the new URIs

    Scenario: The response of an update shows the new URIs
      Given a project without storage integration
      When it is updated with the complete request body of the guide
      Then the response's settings show exactly the URIs of the request

    Scenario: GetProject shows the new URIs after an update
      Given a project without storage integration
      When it is updated with the complete request body of the guide
      Then GetProject shows exactly the URIs of the request

  @CVSI-UPDATE-03 @should
  Rule: After an update, only the new queue and container are written to

    Background:
      Given a project with storage integration
      And it has been updated to use another queue and container
      And it has been trained

    @notifications
    Scenario: Notifications move to the new queue
      When it is exported and the export completes
      Then the new queue holds a Training message and an Export message
      And nothing is written to the old queue after the update

    @backup
    Scenario: Backups move to the new container
      When it is exported and the export completes
      Then the new container holds the backup
      And nothing is written to the old container after the update

  @CVSI-UPDATE-04 @should
  Rule: Members that an update does not name keep their values
    This holds for name, description, domain, classification type and export platforms.

    Scenario: An update of name and description keeps the settings
      Given a project with storage integration
      When its name and description are updated
      Then the members named in the update have the new values
      And all other members are unchanged

    Scenario: An update of the storage URIs keeps all other members
      Given a project without storage integration
      When only its storage URIs are updated
      Then the members named in the update have the new values
      And all other members are unchanged

  @CVSI-UPDATE-05 @should
  Rule: After an update that does not name the URIs, the integration still works

    Background:
      Given a project with storage integration
      And its name and description have been updated
      And it has been trained

    @notifications
    Scenario: Notifications continue after an update of the name
      When it is exported and the export completes
      Then the queue holds a Training message
      And the queue holds an Export message

    @backup
    Scenario: Backups continue after an update of the name
      When it is exported and the export completes
      Then the container holds the backup

  @CVSI-UPDATE-06 @must
  Rule: A project integrated by an update gets its Training and Export messages and its backups

    Background:
      Given a project that was integrated by an update
      And it has been trained

    @notifications
    Scenario: A project integrated by an update is notified
      When it is exported and the export completes
      Then the queue holds a Training message
      And the queue holds an Export message

    @backup
    Scenario: A project integrated by an update is backed up
      When it is exported and the export completes
      Then the container holds the backup

  @CVSI-UPDATE-07 @must
  Rule: An update may name only the queue or only the container
    The response is 200, and the URI is set.

    @notifications
    Scenario: An update names only the queue
      Given a project with storage integration
      When it is updated to use another queue only
      Then the response is 200 with a project that has an id
      And GetProject shows the URI that the update names

    @backup
    Scenario: An update names only the container
      Given a project with storage integration
      When it is updated to use another container only
      Then the response is 200 with a project that has an id
      And GetProject shows the URI that the update names

  @CVSI-UPDATE-08 @should @notifications @backup
  Rule: An update that names one of the two URIs leaves the other as it was

    Scenario: An update of the queue leaves the container
      Given a project with a queue and a container
      When it is updated to use another queue only
      Then GetProject shows the other URI as it was

    Scenario: An update of the container leaves the queue
      Given a project with a queue and a container
      When it is updated to use another container only
      Then GetProject shows the other URI as it was

  @CVSI-UPDATE-09 @may
  Rule: An update that repeats the URIs in force tests the connection again

    @notifications
    Scenario: An update with the same queue sends another ConnectionTest message
      Given a project with storage integration
      When it is updated with the URIs that it has
      Then the queue holds a ConnectionTest message

    @backup
    Scenario: An update with the same container writes another test blob
      Given a project with storage integration
      When it is updated with the URIs that it has
      Then a test blob appeared in the test-permission folder
