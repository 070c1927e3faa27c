package customvision

import "strings"

// predictionVersions returns the versions of the Prediction API, which is below /customvision/{version}/prediction.
func predictionVersions() []string { return []string{"v3.0", "v3.1"} }

// predictionEndpointRoutes returns the operations of the Prediction API with the names of its description
// (Azure/azure-rest-api-specs, cognitiveservices/data-plane/CustomVision/Prediction).
func predictionEndpointRoutes() []route {
	const image, url = "/iterations/{name}/image", "/iterations/{name}/url"
	routes := []route{}
	for _, kind := range []struct{ operation, path string }{
		{"Classify", "/{project}/classify"}, {"Detect", "/{project}/detect"},
	} {
		for _, storing := range []struct{ operation, path string }{{"", ""}, {"WithNoStore", "/nostore"}} {
			routes = append(routes,
				route{kind.operation + "Image" + storing.operation, "POST", kind.path + image + storing.path, maxTestImage,
					func(s *Server, r *request) (any, error) { return s.testImage(r, readPrediction) }},
				route{kind.operation + "ImageUrl" + storing.operation, "POST", kind.path + url + storing.path, maxDocument,
					func(s *Server, r *request) (any, error) { return s.testImageURL(r, readPrediction) }})
		}
	}
	return routes
}

// readPrediction reads the published iteration and the kind of the project from the path.
func readPrediction(r *request) (imageTest, error) {
	name, detects := r.PathValue("name"), strings.Contains(r.URL.Path, "/detect/")
	find := func(p *project) (*iteration, error) {
		if p.isDetection() != detects {
			return nil, errProjectKind()
		}
		// The path was converted to lower case.
		i := p.findIteration(
			func(i *iteration) bool { return i.published != nil && strings.EqualFold(i.published.name, name) },
		)
		if i == nil {
			return nil, errInvalidIteration(name)
		}
		return i, nil
	}
	return imageTest{find, !strings.HasSuffix(r.URL.Path, "/nostore")}, nil
}
